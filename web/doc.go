// Package web is the HTTP of the daemon: what operates it, and room for the pages
// and the API.
//
// It decides who may ask, and never what is true: it is told by whoever drives
// the core, through Options. It keeps no count of its own; metrics are read off
// the core and the driver when they are asked for, so that no two counts can
// differ.
//
//	request ─► id, log ─► host ─► origin ─► write guard ─► mux
//
// Liveness depends on nothing but this process. The port is for loopback unless
// an operator says how it is protected: beyond it, and without a web config file,
// whatever would change something is refused.
package web
