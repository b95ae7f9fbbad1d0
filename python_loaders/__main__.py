from python_loaders.cli import main

raise SystemExit(main())
