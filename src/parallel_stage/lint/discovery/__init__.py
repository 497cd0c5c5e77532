"""Discovery: which files a check looks at, by name, by `.gitignore` and by what git tracks."""
