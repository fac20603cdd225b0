package mailtest_test

import (
	"testing"

	"tocsin/notifier/email/mailtest"
)

// TestCloseAtOnce: a server may be closed before it began to serve. A demo whose
// port is taken does so, and hung.
func TestCloseAtOnce(t *testing.T) {
	for range 500 {
		s, err := mailtest.Listen(mailtest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
