// Package eventually waits for what other processes do, for a bounded time.
package eventually

import (
	"testing"
	"time"
)

// pause is short against what is waited for and long against what it costs.
const pause = 20 * time.Millisecond

// Nil waits until check returns nil. After the timeout the test fails with the
// last error.
func Nil(t testing.TB, timeout time.Duration, check func() error) {
	t.Helper()
	if err := Try(timeout, check); err != nil {
		t.Fatalf("still so after %v: %v", timeout, err)
	}
}

// Try is Nil for who goes on after a failure: it returns the last error.
func Try(timeout time.Duration, check func() error) error {
	deadline := time.Now().Add(timeout)
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		err := check()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		<-tick.C
	}
}

// Never fails the test as soon as check returns an error within the time.
func Never(t testing.TB, during time.Duration, check func() error) {
	t.Helper()
	end := time.Now().Add(during)
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for time.Now().Before(end) {
		if err := check(); err != nil {
			t.Fatal(err)
		}
		<-tick.C
	}
}
