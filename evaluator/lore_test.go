package evaluator

import (
	"fmt"
	"testing"
)

func TestLoreIsBoundedByTheAnswers(t *testing.T) {
	var l lore
	for round := range 20 {
		for n := range smallestLore {
			l.keep(fmt.Sprint(round, n), saying{})
		}
		l.age(smallestLore)
		if size := len(l.young) + len(l.old); size > 6*smallestLore {
			t.Fatalf("%d texts are kept of answers of %d", size, smallestLore)
		}
	}
}

func TestLoreKeepsWhatIsAskedFor(t *testing.T) {
	var l lore
	l.keep("always", saying{key: "k"})
	for n := range 10 * smallestLore {
		l.keep(fmt.Sprint(n), saying{})
		l.age(1)
		if s, ok := l.of("always"); !ok || s.key != "k" {
			t.Fatalf("after %d others: %q, %t", n, s.key, ok)
		}
	}
}
