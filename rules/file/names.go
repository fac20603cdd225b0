package file

import "slices"

// names are what a config gives names to: its receivers, its time intervals.
type names struct {
	list []string // in their order
	set  map[string]bool
}

func newNames(list []string) names {
	n := names{list, map[string]bool{}}
	for _, name := range list {
		n.set[name] = true
	}
	return n
}

// receiver reports a name that no receiver has.
func (n names) receiver(t text) {
	if !n.set[t.s] {
		t.bad(CodeReceiver, "there is no receiver %q", short(t.s)).Hint = n.hint(t.s)
	}
}

// hint names the nearest one, unless they are so many that looking for it at each
// mistake would take long.
func (n names) hint(word string) string {
	if len(n.list) > 300 {
		return ""
	}
	if near := nearest(word, slices.Clone(n.list)); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}
