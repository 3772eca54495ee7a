from tokenpoints.cli import main

main()
