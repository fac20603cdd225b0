package file

import (
	"path/filepath"
	"slices"

	"tocsin/rules"
	"tocsin/rules/starter"
)

// starterName is the name of the embedded rules, where there is no config.
const starterName = "starter.yaml (built in)"

// external returns the URL under which people reach the daemon.
func (c *rawConfig) external() string {
	if !c.externalURL.set() {
		return ""
	}
	u, _ := c.externalURL.absoluteURL()
	return u
}

const defaultStore = "tocsin.db"

func (c *rawConfig) storeOf() string {
	switch {
	case !c.store.set():
		return defaultStore
	case isPostgres(c.store.s):
		c.store.bad(CodeLater, "PostgreSQL as the store comes with a later version of tocsin").Hint = "store: tocsin.db"
	}
	return c.store.s
}

// expand returns the files that match the patterns, each once, in order, and the
// patterns that match none.
func (l *loader) expand(patterns []text, out *Loaded) (all, empty []string) {
	for _, p := range patterns {
		pattern := p.s
		if p.d != nil {
			pattern = p.d.join(p.s)
		}
		names, err := l.files.Glob(pattern)
		if err != nil {
			p.bad(CodeFile, "pattern %q: %v", short(p.s), err)
			continue
		}
		out.Patterns = append(out.Patterns, pattern)
		if len(names) == 0 {
			empty = append(empty, pattern)
			p.warn(CodeNoMatch, "%q matches no file", short(p.s))
		}
		for _, name := range names {
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all, empty
}

func (l *loader) templates(raw *rawConfig, out *Loaded) []Template {
	var all []Template
	names, _ := l.expand(raw.templates, out)
	for _, name := range names {
		if d := l.open(name, pos{}); d != nil && d.decent() {
			all = append(all, Template{name, string(d.src)})
		}
	}
	return all
}

// allRules reads the rule files and makes the rules.
func (l *loader) allRules(raw *rawConfig, env environment, o Options, out *Loaded) []*rules.Rule {
	b := &builder{def: raw.defaults(out).filled()}
	if raw.thresholds.set() {
		if d := l.open(raw.thresholds.d.join(raw.thresholds.s), raw.thresholds.pos); d != nil {
			b.layers = append(b.layers, d.thresholds(d.parse()))
		}
	}
	if env.thresholds != nil {
		b.layers = append(b.layers, env.thresholds.thresholds(env.thresholds.parse()))
	}
	return l.rules(l.ruleGroups(raw, o, out), b)
}

func (l *loader) ruleGroups(raw *rawConfig, o Options, out *Loaded) []*rawGroup {
	switch {
	case len(o.Rules) > 0:
		return l.groups(l.fromCommandLine(o.Rules, out))
	case raw.d == nil:
		d := newDoc(starterName, starter.Rules, l.sink)
		return d.ruleFile(d.parse())
	case len(raw.ruleFiles) == 0:
		raw.d.whole().warn(CodeNoRules, "no rule_files: nothing is evaluated").Hint = "rule_files: [rules/*.yaml]"
		return nil
	}
	names, empty := l.expand(raw.ruleFiles, out)
	out.EmptyPatterns = empty
	return l.groups(names)
}

// fromCommandLine returns the files that the command line names: a name that is
// no pattern must exist.
func (l *loader) fromCommandLine(list []string, out *Loaded) []string {
	var all []string
	for _, p := range list {
		names, err := l.files.Glob(p)
		if err != nil || len(names) == 0 {
			names = []string{p} // reading it says what is wrong
		}
		out.Patterns = append(out.Patterns, filepath.Clean(p))
		all = append(all, names...)
	}
	return slices.Compact(all)
}

// defaults are what the config says to all rules.
func (c *rawConfig) defaults(out *Loaded) Defaults {
	def := Defaults{
		Interval: c.interval.d, QueryOffset: c.offset.d,
		ExternalLabels: labelsOf(c.externals), ExternalURL: out.ExternalURL,
	}
	for _, s := range out.Sources {
		def.Sources = append(def.Sources, s.Name)
	}
	def.Sources = slices.Compact(def.Sources) // two of one name were reported
	if c.severity.errorsSet {
		def.ErrorSeverity = []string{}
		for _, t := range c.severity.errors {
			def.ErrorSeverity = append(def.ErrorSeverity, t.s)
		}
	}
	if c.severity.error.set() {
		def.ErrorSeverity = append(def.filled().ErrorSeverity, c.severity.error.s)
	}
	return def
}
