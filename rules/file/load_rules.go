package file

import (
	"cmp"
	"path/filepath"
	"slices"

	"tocsin/rules"
)

// LoadRules reads rule files without a config. Rules come sorted by key. Those with
// mistakes are left out.
func LoadRules(files Files, names []string, def Defaults) ([]*rules.Rule, []rules.Problem) {
	alone, problems := LoadAlone(files, names, def)
	return alone.Rules, problems
}

// Alone is what rule files hold that no config names.
type Alone struct {
	Rules   []*rules.Rule // sorted by key
	Texts   []Text        // the templates of their annotations
	Written []Written     // the rules in order of their places
}

// LoadAlone is LoadRules that returns where everything stands, too.
func LoadAlone(files Files, names []string, def Defaults) (out Alone, problems []rules.Problem) {
	s := &sink{}
	defer func() {
		if r := recover(); r != nil {
			s.crash(r)
			out, problems = Alone{}, s.sorted()
		}
	}()
	l := &loader{files: files, sink: s, read: map[string]bool{}}
	out.Rules = l.rules(l.groups(names), &builder{def: def.filled()})
	out.Texts, out.Written = l.texts, l.written
	return out, s.sorted()
}

// crash reports a panic: an error of tocsin's own, which must not take the
// daemon with it when a file is reloaded.
func (s *sink) crash(r any) {
	s.add(problem{Code: string(CodeFile), Text: fmtCrash(r)})
}

// A loader reads files and remembers which.
type loader struct {
	files  Files
	sink   *sink
	lookup func(string) (string, bool)
	dir    string
	read   map[string]bool
	names  []string
	texts  []Text // templates of annotations
	// grouped are the rules as Prometheus would evaluate them.
	grouped []Group

	written []Written
}

// open reads a text; nil if it cannot be read, which is reported.
func (l *loader) open(name string, from pos) *doc {
	if !l.read[name] {
		l.read[name] = true
		l.names = append(l.names, name)
	}
	src, err := l.files.Read(name)
	if err != nil {
		if from.set() {
			from.bad(CodeFile, "%v", err)
		} else {
			l.sink.add(problem{File: name, Code: string(CodeFile), Text: plainError(err)})
		}
		return nil
	}
	d := newDoc(name, src, l.sink)
	d.lookup = l.lookup
	return d
}

// groups reads rule files.
func (l *loader) groups(names []string) []*rawGroup {
	var all []*rawGroup
	for _, name := range names {
		if d := l.open(name, pos{}); d != nil {
			for _, g := range d.ruleFile(d.parse()) {
				g.file = l.relative(name)
				all = append(all, g)
			}
		}
	}
	return all
}

// relative is a file's name in keys: against the config's folder, so that the
// whole may be moved.
func (l *loader) relative(name string) string {
	if rel, err := filepath.Rel(l.dir, name); err == nil && l.dir != "" {
		name = rel
	}
	return filepath.ToSlash(name)
}

// rules makes rules of groups, sorted by key.
func (l *loader) rules(groups []*rawGroup, b *builder) []*rules.Rule {
	all := l.make(groups, b)
	l.grouped = grouped(groups, all, b.def)
	out := make([]*rules.Rule, 0, len(all))
	for _, m := range all {
		out = append(out, m.rule)
		l.texts = append(l.texts, annotationTexts(m.rule, m.raw)...)
		l.written = append(l.written, Written{m.rule, m.raw.parsed, m.raw})
	}
	slices.SortFunc(out, func(a, b *rules.Rule) int { return cmp.Compare(a.Key, b.Key) })
	return out
}

// make makes rules of groups, in their order.
func (l *loader) make(groups []*rawGroup, b *builder) []made {
	var all []made
	var names []string
	for _, g := range groups {
		l.recordings(g)
		for _, raw := range g.rules {
			names = append(names, raw.alert.s, raw.id.s)
			if r := b.build(raw); r != nil {
				all = append(all, made{r, raw})
			}
		}
	}
	for _, t := range b.layers {
		t.unused(names)
	}
	sameIDs(all)
	identify(all)
	return all
}

// recordings says once per group that recording rules are not evaluated.
func (l *loader) recordings(g *rawGroup) {
	n := 0
	var first *rawRule
	for _, r := range g.rules {
		if r.record.set() && !r.alert.set() {
			n++
			if first == nil {
				first = r
			}
		}
	}
	switch {
	case n == 1:
		first.record.warn(CodeRecording, "a recording rule is left to Prometheus: tocsin writes no series")
	case n > 1:
		first.record.warn(CodeRecording, "%d recording rules of this group are left to Prometheus: tocsin writes no series", n)
	}
}
