package unittest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// pair takes out what is on both sides, and says how many those were.
func pair(want, got []described) (missing, extra []described, same int) {
	extra = slices.Clone(got)
	for _, w := range want {
		n := slices.IndexFunc(extra, w.equal)
		if n < 0 {
			missing = append(missing, w)
			continue
		}
		extra = slices.Delete(extra, n, n+1)
		same++
	}
	return missing, extra, same
}

// differences shows what is missing against what is there instead: each is set
// against the one that is most like it, and of a pair only what differs is shown.
func differences(want, got []described, same int) (diff []Line) {
	if same > 0 {
		diff = append(diff, Line{Both, count(same, "alert") + " as expected"})
	}
	got = slices.Clone(got)
	for _, w := range want {
		n := likest(w, got)
		if n < 0 {
			diff = append(diff, Line{Want, "missing " + w.String()})
			continue
		}
		diff = append(diff, between(w, got[n])...)
		got = slices.Delete(got, n, n+1)
	}
	for _, g := range got {
		diff = append(diff, Line{Got, "unexpected " + g.String()})
	}
	return diff
}

// likest returns the one that shares the most; -1 if there is none.
func likest(w described, got []described) int {
	best, most := -1, -1
	for n, g := range got {
		if s := shared(w.labels, g.labels)*2 + shared(w.annotations, g.annotations); s > most {
			best, most = n, s
		}
	}
	return best
}

func shared(a, b map[string]string) (n int) {
	for k, v := range a {
		if other, ok := b[k]; ok && other == v {
			n++
		}
	}
	return n
}

// between shows how two alerts differ.
func between(w, g described) []Line {
	common := map[string]string{}
	for k, v := range w.labels {
		if g.labels[k] == v {
			common[k] = v
		}
	}
	diff := []Line{{Both, described{labels: common}.String()}}
	diff = append(diff, entries("label", w.labels, g.labels)...)
	return append(diff, entries("annotation", w.annotations, g.annotations)...)
}

func entries(what string, want, got map[string]string) (diff []Line) {
	for _, name := range sortedNames(want, got) {
		w, wanted := want[name]
		g, there := got[name]
		if w == g && wanted == there {
			continue
		}
		if wanted {
			diff = append(diff, Line{Want, fmt.Sprintf("  %s %s: %s", what, name, strconv.Quote(w))})
		}
		if there {
			diff = append(diff, Line{Got, fmt.Sprintf("  %s %s: %s", what, name, strconv.Quote(g))})
		}
	}
	return diff
}

func sortedNames(a, b map[string]string) []string {
	all := map[string]bool{}
	for _, m := range []map[string]string{a, b} {
		for k := range m {
			all[k] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func (d described) String() string {
	ls := labels.FromMap(d.labels)
	text := nameOf(ls.Get(model.AlertNameLabel), ls)
	for _, name := range slices.Sorted(maps.Keys(d.annotations)) {
		text += fmt.Sprintf(" %s=%s", name, strconv.Quote(d.annotations[name]))
	}
	return text
}

// nameOf writes an alert as people do: HighLoad{i="a"}.
func nameOf(alert string, ls labels.Labels) string {
	if rest := ls.MatchLabels(false, model.AlertNameLabel); !rest.IsEmpty() {
		return alert + rest.String()
	}
	return alert
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func countNone(n int) string {
	if n == 0 {
		return "none"
	}
	return strconv.Itoa(n)
}
