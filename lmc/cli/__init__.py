"""The subcommands of `lmc`, one file each; `main` lists them."""
