"""The book's build: executed notebooks in, website, PDF and downloads out.

This package alone knows the inside of Jupyter Book, Sphinx and LaTeX. It never imports ``calcml``.

========================  =========================================================================
`layout`                  where everything lies; digests of what a result depends on
`execute`                 runs every chapter once: in parallel, cached, with a time limit
`render`                  one run of Jupyter Book's Sphinx (HTML or LaTeX) on those notebooks
`pdf`                     LaTeX to PDF
`pages`                   mends Sphinx's pages (`markup`, `shell`, `images`); index (`search`)
`assets`                  styles, fonts and scripts that are served with the pages
`downloads`               notebooks, one by one and all in a zip that runs elsewhere
`site`                    puts the parts together and replaces the site only when all are there
`extension`, `mathematics`, `parts`  what Sphinx itself has to be taught
`serve`                   reads the site locally and rebuilds it while chapters are edited
========================  =========================================================================
"""
