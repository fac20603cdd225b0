package proc

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Peak is the most memory that the process had at once, in bytes: the kernel's
// high-water mark of what is resident.
func (p *Process) Peak(t testing.TB) float64 {
	t.Helper()
	for line := range strings.Lines(p.read(t, "status")) {
		var kB float64
		if _, err := fmt.Sscanf(line, "VmHWM: %f kB", &kB); err == nil {
			return kB * 1024
		}
	}
	t.Fatal("the kernel tells no high-water mark")
	return 0
}

// CPU is the processor time that the process has used, in the kernel's ticks of
// 10 ms.
func (p *Process) CPU(t testing.TB) time.Duration {
	t.Helper()
	_, rest, _ := strings.Cut(p.read(t, "stat"), ") ") // the name may hold anything
	fields := strings.Fields(rest)
	var user, system int64
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		t.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}

func (p *Process) read(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(p.Pid()), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
