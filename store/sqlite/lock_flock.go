//go:build !windows

package sqlite

import (
	"errors"
	"os"
	"syscall"
)

// tryLock opens and locks a file without waiting. The kernel asks nothing of how
// the file is opened.
func tryLock(name string, flag int) (*os.File, error) {
	f, err := os.OpenFile(name, flag, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errLocked
	}
	return nil, errors.Join(err, f.Close())
}
