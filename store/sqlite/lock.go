package sqlite

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// errLocked is what tryLock returns if someone else holds the lock.
var errLocked = errors.New("locked")

// lockFile takes the lock beside a file. The lock is an open file, and the kernel
// gives it back however its process ends. The lock file stays: to remove it would
// let a third process lock a new one while a second still holds the old. Used says
// that it was there before, with the signature of a process.
func lockFile(path string) (_ *os.File, used bool, err error) {
	name := path + ".lock"
	f, err := tryLock(name, os.O_RDWR|os.O_CREATE)
	switch {
	case errors.Is(err, errLocked):
		return nil, false, inUse(path)
	case err != nil:
		return nil, false, fmt.Errorf("lock store %q: %w", path, err)
	}
	info, err := f.Stat()
	if err == nil {
		err = sign(f)
	}
	if err != nil {
		return nil, false, errors.Join(fmt.Errorf("lock store %q: %w", path, err), f.Close())
	}
	return f, info.Size() > 0, nil
}

// lockAsIs takes the lock without writing. It is nil where none can be had: there
// is no lock file, or none that this process may read.
func lockAsIs(path string) (*os.File, error) {
	f, err := tryLock(path+".lock", os.O_RDONLY)
	if errors.Is(err, errLocked) {
		return nil, inUse(path)
	}
	if err != nil {
		return nil, nil
	}
	return f, nil
}

func inUse(path string) error {
	return fmt.Errorf("store %q is in use by another tocsin%s: only one daemon at a time may have it open", path, holder(path+".lock"))
}

// sign leaves the id of this process in the lock file, for people to read. On a
// full disk the lock holds without it.
func sign(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, _ = f.WriteString(strconv.Itoa(os.Getpid()) + "\n")
	return nil
}

// resign signs a lock that was taken without writing, if that is possible now.
func resign(path string) {
	f, err := os.OpenFile(path+".lock", os.O_RDWR, 0)
	if err != nil {
		return
	}
	_ = sign(f)
	_ = f.Close()
}

// holder says which process holds the lock, as far as the file tells.
func holder(name string) string {
	f, err := os.Open(name)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, 32))
	pid := strings.TrimSpace(string(b))
	if _, perr := strconv.Atoi(pid); err != nil || perr != nil {
		return ""
	}
	return " (process " + pid + ")"
}
