package message

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tocsin/notifier"
)

// teamLabel is the label by which a digest counts besides the rule.
const teamLabel = "team"

// mostSums bounds the lines of a digest.
const mostSums = 30

// A Tally is how many alerts of one rule and one team a digest sums up.
type Tally struct {
	Name   string // of the rule's alerts
	Team   string // the label `team`; empty: they have none
	Counts Counts
}

// tallies sums a digest up by rule and team, the most first; there is nothing to
// sum up in any other delivery.
func tallies(d notifier.Delivery) []Tally {
	if d.Reason != notifier.ReasonDigest {
		return nil
	}
	sums := map[[2]string]*notifier.Delivery{}
	part := func(e notifier.Entry) *notifier.Delivery {
		key := [2]string{Clean(e.Alert.Name), Clean(e.Labels.Get(teamLabel))}
		if sums[key] == nil {
			sums[key] = &notifier.Delivery{}
		}
		return sums[key]
	}
	for _, e := range d.Firing {
		p := part(e)
		p.Firing = append(p.Firing, e)
	}
	for _, e := range d.Resolved {
		p := part(e)
		p.Resolved = append(p.Resolved, e)
	}
	all := make([]Tally, 0, len(sums))
	for key, p := range sums { // sorted below
		all = append(all, Tally{key[0], key[1], count(*p)})
	}
	slices.SortFunc(all, func(a, b Tally) int {
		return cmp.Or(
			cmp.Compare(b.Counts.Total(), a.Counts.Total()), cmp.Compare(b.Counts.Error, a.Counts.Error),
			strings.Compare(a.Name, b.Name), strings.Compare(a.Team, b.Team))
	})
	return all
}

// Sums returns the first lines of a digest, and how many are left.
func (m *Message) Sums() (lines []Tally, left int) {
	n := min(len(m.Digest), mostSums)
	return m.Digest[:n], len(m.Digest) - n
}

// summed says what a digest is.
func (m *Message) summed() string {
	by := "by rule"
	if slices.ContainsFunc(m.Digest, func(t Tally) bool { return t.Team != "" }) {
		by = "by rule and team"
	}
	return fmt.Sprintf("%d more, %s", m.Counts.Total(), by)
}

// Subject names what a tally counts.
func (t Tally) Subject() string {
	name := t.Name
	if name == "" {
		name = "no name"
	}
	if t.Team == "" {
		return Cut(name, 100)
	}
	return Cut(name, 100) + ", team " + Cut(t.Team, 60)
}

// sums writes a digest as plain text.
func (m *Message) sums(b *strings.Builder) {
	fmt.Fprintf(b, "%s\n\n", m.Why())
	lines, left := m.Sums()
	for _, t := range lines {
		fmt.Fprintf(b, "%s: %s\n", t.Subject(), t.Counts)
	}
	if left > 0 {
		fmt.Fprintf(b, "… and %s\n", plural(left, "more line"))
	}
}

func escaped(all []Tally, escape func(string) string) []Tally {
	out := make([]Tally, 0, len(all))
	for _, t := range all {
		out = append(out, Tally{escape(t.Name), escape(t.Team), t.Counts})
	}
	return out
}
