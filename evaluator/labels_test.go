package evaluator

import (
	"testing"

	"github.com/prometheus/prometheus/model/labels"
)

// FuzzKeyOf looks for two label sets with one key.
func FuzzKeyOf(f *testing.F) {
	f.Add("a", "bc", "ab", "c")
	f.Add("a", "", "", "a")
	f.Add("job", "x\x00y", "job\x00x", "y")
	f.Fuzz(func(t *testing.T, n1, v1, n2, v2 string) {
		one := labels.FromMap(map[string]string{n1: v1, n2: v2})
		two := labels.FromMap(map[string]string{n2: v2, n1 + n2: v1})
		if labels.Equal(one, two) != (keyOf(one) == keyOf(two)) {
			t.Errorf("keys of %q and %q: %s and %s", one, two, keyOf(one), keyOf(two))
		}
	})
}

func TestKeyIsStored(t *testing.T) {
	// A key is stored: the way to make it must not change unnoticed.
	const want = "8e17174f0850f687ee3c5939"
	if got := keyOf(labels.FromStrings("job", "node", "host", "a")); got != want {
		t.Errorf("key %q, want %q", got, want)
	}
}
