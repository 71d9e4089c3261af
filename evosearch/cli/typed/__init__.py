"""What is typed: the help of commands, mistakes in a command line, and a shell's Tab key."""
