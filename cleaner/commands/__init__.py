"""What the commands do, without the command line: plain functions over the files room."""
