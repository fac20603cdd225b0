package file

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tocsin/rules"
)

// A made rule is a rule with what it was made of.
type made struct {
	rule *rules.Rule
	raw  *rawRule
}

// identify gives each rule its key, its phase and its revision. A key is the id
// if there is one, else group and alert; what several rules share is told apart
// by what tells them apart: their labels, then their expressions, then their
// order.
func identify(all []made) {
	several := groupsOfSeveralFiles(all)
	for _, m := range all {
		group := escape(m.rule.Group)
		if several[m.rule.Group] {
			group = escape(m.raw.group.file) + ":" + group
		}
		m.rule.PhaseKey = group
		m.rule.Key = group + "/" + escape(m.rule.Alert)
		if m.raw.id.set() {
			m.rule.Key = m.raw.id.s
		}
		m.rule.Revision = revision(m.rule)
	}
	for _, tell := range []func(made, int) string{byLabels, byExpression, byOrder} {
		tellApart(all, tell)
	}
}

func groupsOfSeveralFiles(all []made) map[string]bool {
	file, several := map[string]string{}, map[string]bool{}
	for _, m := range all {
		f, ok := file[m.rule.Group]
		file[m.rule.Group] = m.raw.group.file
		several[m.rule.Group] = several[m.rule.Group] || ok && f != m.raw.group.file
	}
	return several
}

// escape keeps the signs that keys are made of out of names.
func escape(s string) string {
	if !strings.ContainsAny(s, "%/:{#\x00") {
		return s
	}
	return strings.NewReplacer("%", "%25", "/", "%2F", ":", "%3A", "{", "%7B", "#", "%23", "\x00", "%00").Replace(s)
}

func byLabels(m made, _ int) string {
	if len(m.raw.labels) == 0 {
		return ""
	}
	var parts []string
	for _, l := range m.raw.labels {
		parts = append(parts, l.name+"="+strconv.Quote(l.value.s))
	}
	slices.Sort(parts)
	return "{" + strings.Join(parts, ",") + "}"
}

func byExpression(m made, _ int) string { return "#" + hash(m.rule.Expr)[:8] }

func byOrder(_ made, n int) string { return "#" + strconv.Itoa(n) }

// tellApart adds to the keys that several rules have. Two rules with one id are
// a mistake, which is reported and not mended.
func tellApart(all []made, add func(made, int) string) {
	of := map[string][]made{}
	for _, m := range all {
		of[m.rule.Key] = append(of[m.rule.Key], m)
	}
	for _, same := range of {
		for i, m := range same {
			if len(same) > 1 && !m.raw.id.set() {
				m.rule.Key += add(m, i+1)
			}
		}
	}
}

// sameIDs reports ids that two rules share.
func sameIDs(all []made) {
	seen := map[string]*rawRule{}
	for _, m := range all {
		if !m.raw.id.set() {
			continue
		}
		if first, ok := seen[m.raw.id.s]; ok {
			m.raw.id.bad(CodeDuplicate, "id %q is also that of %q", short(m.raw.id.s), short(first.alert.s)).
				Hint = fmt.Sprintf("the other one is at %s:%d", first.d.name, first.id.n.Line)
			continue
		}
		seen[m.raw.id.s] = m.raw
	}
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// revision hashes what evaluation depends on: not texts for people, nor where
// the rule stands.
func revision(r *rules.Rule) string {
	c := struct {
		Kind         rules.Kind
		Source, Expr string
		Offset       time.Duration
		Interval     time.Duration
		Schedule     string
		Levels       rules.Levels
		Overrides    []override
		Labels       []string
		Absent       rules.Absent
		NoData       rules.NoData
		Expect       bool
		Flap         rules.Flap
		Limit        int
	}{
		Kind: r.Kind, Source: r.Source, Expr: r.Expr, Offset: r.QueryOffset, Interval: r.Interval,
		Levels: r.Levels, Absent: r.Absent, NoData: r.NoData, Expect: r.Expect, Flap: r.Flap, Limit: r.Limit,
	}
	if r.Schedule != nil {
		c.Schedule = r.Schedule.Text
	}
	for _, o := range r.Overrides {
		c.Overrides = append(c.Overrides, override{o.Match.String(), o.Levels})
	}
	for _, l := range r.Labels {
		c.Labels = append(c.Labels, l.Name, l.Text)
	}
	b, err := json.Marshal(c)
	if err != nil {
		panic(fmt.Sprintf("revision of plain values: %v", err)) // bounds are finite: they were read from digits
	}
	return hash(string(b))[:16]
}

type override struct {
	Match  string
	Levels rules.Levels
}
