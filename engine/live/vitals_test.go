package live

import (
	"strings"
	"testing"
	"time"
)

// A beat is sent if and only if all is as it should be.
func TestWithhold(t *testing.T) {
	last := vitals{instants: 10, queries: 5, answered: 1000}
	for _, c := range []struct {
		why  string
		now  vitals
		want string
	}{
		{"a source answered", vitals{instants: 11, queries: 6, answered: 2000}, ""},
		{"nothing was asked: rules may be evaluated seldom", vitals{instants: 11, queries: 5, answered: 1000}, ""},
		{"the loop may be at rest as long as nothing is due", vitals{instants: 10, queries: 5, answered: 1000}, ""},
		{"time has not passed though it should have", vitals{instants: 10, overdue: true, queries: 6, answered: 2000}, "the core has not stepped"},
		{"late, but it goes on", vitals{instants: 11, overdue: true, queries: 6, answered: 2000}, ""},
		{"the answers were bad", vitals{instants: 11, queries: 6, answered: 1000, failing: true}, "no source has answered since"},
		{"one that is slow has not answered", vitals{instants: 11, queries: 5, asking: true, answered: 1000}, "no source has answered since"},
		{"all fail, and nothing was asked since", vitals{instants: 11, queries: 5, answered: 1000, failing: true}, "no source has answered since"},
		{"none has ever answered", vitals{instants: 11, queries: 6}, "no source has answered yet"},
		{"a delivery may take its time", vitals{instants: 11, queries: 6, answered: 2000, oldest: 5 * time.Minute}, ""},
		{"but not too long", vitals{instants: 11, queries: 6, answered: 2000, oldest: 5*time.Minute + time.Millisecond}, "a delivery could not be made for more than 5m"},
	} {
		if got := withhold(last, c.now); !strings.HasPrefix(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s: %q", c.why, got)
		}
	}
}
