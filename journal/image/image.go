// Package image will picture a core.
package image

import (
	"errors"

	"tocsin/engine"
)

// Take pictures.
func Take(*engine.Core) ([]byte, error) { return nil, errors.New("not yet") }

// Layout names.
func Layout() string { return "" }

// Restore restores.
func Restore(*engine.Core, []byte) error { return errors.New("not yet") }
