package main

import (
	"fmt"

	"github.com/prometheus/common/version"
)

type versionCommand struct{}

// Run prints the version as Prometheus' programs do.
func (versionCommand) Run(w process) error {
	_, err := fmt.Fprintln(w.out, version.Print("tocsin"))
	return err
}
