package main

import "errors"

type demoCommand struct{}

// Run is not there yet.
func (demoCommand) Run() error { return errors.New("the demo comes with the next commits") }
