"""Where the records of a text file end: `survey` reads a file and proves it, `cuts` makes chunks of it."""
