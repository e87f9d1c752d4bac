"""The book's build: executed notebooks in, website, PDF and downloads out.

This package alone knows the inside of Jupyter Book, Sphinx and LaTeX. It never imports ``calcml``.

==============  ===================================================================================
`layout`        where everything lies; digests of what a result depends on
`myst`          the one reader of sources: blocks, labeled equations, links
`build`         from chapters to the site: `~bookkit.build.execute` (with `~bookkit.build.cache`),
                `~bookkit.build.ledger`, `~bookkit.build.render` (one run of Sphinx),
                `~bookkit.build.pdf`, `~bookkit.build.downloads`; `~bookkit.build.site` puts the
                parts together, `~bookkit.build.serve` does so whenever a chapter is saved;
                `~bookkit.build.names` refuses names that an output cannot carry
`sphinx_ext`    what Sphinx has to be taught: directives, the writers of HTML and of LaTeX
`html`          what is done to whole pages, and the files that are served beside them
`chapter`       starts a new chapter
==============  ===================================================================================
"""
