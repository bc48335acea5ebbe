"""The shell: what stands around the screens."""
