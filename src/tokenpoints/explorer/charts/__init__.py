"""Charts as SVG: pure geometry here, elements in `templates/parts/chart.html`."""
