// Package starter holds the rules and the config that any web service can begin
// with. They are also what the demo and a daemon without a config file run on.
//
// It decides nothing: it is two files, embedded.
package starter

import _ "embed" // the two files

// Rules is the rule file.
//
//go:embed starter.yaml
var Rules []byte

// Config is a config that goes with it.
//
//go:embed tocsin.yaml
var Config []byte
