//go:build !linux

package proc

import "syscall"

// attributes are more than other systems offer.
func attributes(int) *syscall.SysProcAttr { return nil }
