// Package people is how people act on a running daemon over HTTP: silences,
// acknowledgements, and a look at the alerts.
//
//	/api/v2          Alertmanager's shape, so that amtool and others work unchanged
//	/api/tocsin/v1   our own, described at /api/openapi.json
//
// It decides what a request means and whether it is valid, and never what comes
// of it: an act is an input of the core, and is answered once it is kept. It
// remembers nothing between two requests. Who may ask is decided before, by
// package web.
package people
