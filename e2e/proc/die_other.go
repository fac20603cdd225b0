//go:build !linux

package proc

import "syscall"

// dieWithTest is more than other systems offer.
func dieWithTest() *syscall.SysProcAttr { return nil }
