package file

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"tocsin/rules"
)

// A Sheet is a rule file as it stands in its text, for who changes the text and
// not only what it means.
type Sheet struct {
	Rules []*SheetRule // in order of the text

	d    *doc
	root *yaml.Node
	def  Defaults
}

// A SheetRule is a rule with its place in the text.
type SheetRule struct {
	Group     string
	Line, Col int
	Alert     string // of a recording rule its record
	// Rule is what the daemon would make of it; nil for a recording rule.
	Rule *rules.Rule
	ID   bool // it has an id of its own
	// Severity is its label of that name, if it has one; GroupSeverity says that
	// its group has one.
	Severity      *string
	GroupSeverity bool
	// ValueInLabels says that a label depends on the value.
	ValueInLabels bool
	// For and KeepFiringFor are the texts of the delays; empty where nobody wrote any.
	For, KeepFiringFor string
	// Shared says that YAML anchors, aliases or merges let parts of the text count
	// in several places, so that it is not changed.
	Shared bool
	// OwnLines says that the rule is an item of a list with dashes, so that it can be
	// taken out.
	OwnLines bool

	raw *rawRule
}

// ReadSheet reads one rule file. Problems are sorted by place; unless all of
// them are warnings, Sheet is nil.
func ReadSheet(name string, src []byte, def Defaults) (out *Sheet, problems []rules.Problem) {
	s := &sink{}
	defer func() {
		if r := recover(); r != nil {
			s.crash(r)
			out, problems = nil, s.sorted()
		}
	}()
	w := &Sheet{d: newDoc(name, src, s), def: def}
	w.root = w.d.parse()
	groups := w.d.ruleFile(w.root)
	b := &builder{def: def.filled()}
	var all []made
	for _, g := range groups {
		for _, raw := range g.rules {
			r := b.build(raw)
			w.Rules = append(w.Rules, w.rule(raw, r))
			if r != nil {
				all = append(all, made{r, raw})
			}
		}
	}
	sameIDs(all)
	identify(all)
	if s.failed(0) {
		return nil, s.sorted()
	}
	return w, s.sorted()
}

func (w *Sheet) rule(raw *rawRule, r *rules.Rule) *SheetRule {
	out := &SheetRule{
		Group: raw.group.name.s, Alert: raw.alert.s, Rule: r, ID: raw.id.set(), raw: raw,
		For: textOf(raw.hold.pos), KeepFiringFor: textOf(raw.keep.pos),
	}
	out.Line, out.Col, _ = w.d.place(raw.n)
	if raw.record.set() {
		out.Alert = raw.record.s
	}
	for _, l := range raw.labels {
		if l.name == severityLabel {
			out.Severity = &l.value.s
		}
	}
	out.GroupSeverity = slices.ContainsFunc(raw.group.labels, func(e entry) bool { return e.name == severityLabel })
	out.ValueInLabels = slices.ContainsFunc(raw.allLabels(), func(e entry) bool {
		return e.name != severityLabel && strings.Contains(e.value.s, "{{") && usesOf(e.value.s).value
	})
	out.Shared = w.shared(raw)
	_, _, out.OwnLines = (&edits{d: w.d}).dash(raw.n)
	return out
}

// textOf is a single value as it stands there.
func textOf(p pos) string {
	if !p.set() {
		return ""
	}
	return p.n.Value
}

// shared reports whether anything that a change of the rule would touch is read
// in other places too.
func (w *Sheet) shared(raw *rawRule) bool {
	if raw.group.n.Anchor != "" || raw.n.Anchor != "" {
		return true
	}
	if _, list := entryOf(raw.group.n, "rules"); list == nil || list.Anchor != "" || list.Kind != yaml.SequenceNode {
		return true
	}
	if merges(raw.group.n) || merges(raw.n) {
		return true
	}
	for _, key := range []string{"alert", "expr", "labels", "for", "keep_firing_for"} {
		if _, v := entryOf(raw.n, key); v != nil && (anchored(v) || merges(v)) {
			return true
		}
	}
	return false
}

// anchored reports whether a value, or anything in it, has an anchor or is
// written elsewhere.
func anchored(n *yaml.Node) bool {
	return n.Anchor != "" || n.Kind == yaml.AliasNode || slices.ContainsFunc(n.Content, anchored)
}

// anchors reports whether others may refer to a value or to anything in it.
func anchors(n *yaml.Node) bool {
	return n.Anchor != "" || n.Kind != yaml.AliasNode && slices.ContainsFunc(n.Content, anchors)
}

// merges reports whether a mapping takes in others (<<).
func merges(n *yaml.Node) bool {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].ShortTag() == "!!merge" {
			return true
		}
	}
	return false
}

// entryOf finds a key of a mapping and its value, as they stand there.
func entryOf(n *yaml.Node, key string) (k, v *yaml.Node) {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}

// Anchored reports whether other rules may refer to parts of this one.
func (r *SheetRule) Anchored() bool { return anchors(r.raw.n) }
