package notifier

import (
	"testing"

	"pgregory.net/rapid"
)

// Whatever comes and goes, a pairing inhibits what a plain look at all sources
// says, and stirs each target for which that has changed.
func TestPairing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sources, targets := map[string]bool{}, map[string]bool{}
		s := &pairing{targets: targets}
		plain := func(key string) bool {
			for source, both := range sources {
				if source != key && (!both || !targets[key]) {
					return true
				}
			}
			return false
		}
		name := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"})
		for _, key := range rapid.SliceOfN(name, 0, 5).Draw(t, "targets") {
			targets[key] = rapid.Bool().Draw(t, "both")
		}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			was, before := s.force(), map[string]bool{}
			for key := range targets {
				before[key] = plain(key)
			}
			key := name.Draw(t, "source")
			if rapid.Bool().Draw(t, "goes") {
				delete(sources, key)
				s.remove(key)
			} else {
				sources[key] = rapid.Bool().Draw(t, "both")
				s.add(key, sources[key])
			}
			stirred := map[string]bool{key: true} // it is looked at anyhow
			s.stirred(was, func(key string) { stirred[key] = true })
			for target := range targets {
				if got := s.over(target, targets[target]) != ""; got != plain(target) {
					t.Fatalf("%s inhibited: %t, want %t of %v", target, got, plain(target), sources)
				}
				if before[target] != plain(target) && !stirred[target] {
					t.Fatalf("%s was not stirred", target)
				}
			}
		}
	})
}
