package proc

import "syscall"

// dieWithTest has the kernel end the process when the test binary dies, so that
// a test that is killed leaves nothing behind.
func dieWithTest() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
