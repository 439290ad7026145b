"""Photos and PDF documents that the authors of a matter attach to it.

- What a file is says its content alone. A photo is made anew (see `core.pictures`), so that
  neither the place nor the camera reaches a reader, and gets a small one for the page. A PDF stays
  as it was sent when it can do nothing but be read (see `core.documents`), and is only ever a
  download.
- They are part of the text: its authors add and remove them as long as they may edit it, and who
  may read the matter may have them. When it is hidden, nobody else gets them any more.
- The journal knows each by a digest, from publishing on; names and words are never in it.

Start reading in `sent.py`, then `services.py`.
"""
