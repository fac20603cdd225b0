package proc

import "syscall"

// attributes has the kernel end the process when the test binary dies, so that
// a test that is killed leaves nothing behind. A user other than 0 is who runs it.
func attributes(user int) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if user != 0 {
		a.Credential = &syscall.Credential{Uid: uint32(user), Gid: uint32(user)}
	}
	return a
}
