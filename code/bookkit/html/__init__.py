"""What is done to whole pages after Sphinx, and the files that are served beside them."""
