"""Home, the static pages, and what stands around every page: menus, seal, demonstration line."""
