"""Reports of a run, each made from a `Result` alone: text, page, plots, trace, tables, citations, comparison."""
