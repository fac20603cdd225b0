package people

import (
	"fmt"
	"slices"
	"strings"

	amparse "github.com/prometheus/alertmanager/matcher/parse"
	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"
)

// A Matcher is a matcher as Alertmanager's API has it.
type Matcher struct {
	Name    string `json:"name"              doc:"Name of the label" minLength:"1"`
	Value   string `json:"value"             doc:"Value, or regular expression, anchored at both ends"`
	IsRegex bool   `json:"isRegex" required:"false" doc:"Whether the value is a regular expression"`
	IsEqual *bool  `json:"isEqual" required:"false" doc:"Whether it matches what is equal, or what is not" default:"true"`
}

// NewMatchers returns matchers in the API's shape.
func NewMatchers(ms amlabels.Matchers) []Matcher {
	all := make([]Matcher, 0, len(ms))
	for _, m := range ms {
		equal := m.Type == amlabels.MatchEqual || m.Type == amlabels.MatchRegexp
		regex := m.Type == amlabels.MatchRegexp || m.Type == amlabels.MatchNotRegexp
		all = append(all, Matcher{Name: m.Name, Value: m.Value, IsRegex: regex, IsEqual: &equal})
	}
	return all
}

// parse returns the matcher, or what is wrong with it.
func (m Matcher) parse() (*amlabels.Matcher, error) {
	if !model.UTF8Validation.IsValidLabelName(m.Name) {
		return nil, fmt.Errorf("%q is no name of a label", m.Name)
	}
	kind := amlabels.MatchEqual
	switch equal := m.IsEqual == nil || *m.IsEqual; {
	case equal && m.IsRegex:
		kind = amlabels.MatchRegexp
	case !equal && m.IsRegex:
		kind = amlabels.MatchNotRegexp
	case !equal:
		kind = amlabels.MatchNotEqual
	}
	return amlabels.NewMatcher(kind, m.Name, m.Value)
}

// ParseMatchers returns matchers of which at least one asks for something: a
// label that is not there is empty, so the others would match everything.
func ParseMatchers(all []Matcher) (amlabels.Matchers, error) {
	ms := make(amlabels.Matchers, 0, len(all))
	asks := false
	for i, m := range all {
		parsed, err := m.parse()
		if err != nil {
			return nil, fmt.Errorf("matcher %d: %w", i+1, err)
		}
		asks = asks || !parsed.Matches("")
		ms = append(ms, parsed)
	}
	switch {
	case len(all) == 0:
		return nil, fmt.Errorf("no matchers: at least one is needed")
	case !asks:
		return nil, fmt.Errorf("at least one matcher must not match the empty string: these match every alert without the label")
	}
	return ms, nil
}

// ParseMatcher reads one matcher as Alertmanager does: by the new syntax, and
// what that does not read by the old one.
func ParseMatcher(s string) (*amlabels.Matcher, error) {
	m, err := amparse.Matcher(s)
	if err == nil {
		return m, nil
	}
	if old, classic := amlabels.ParseMatcher(s); classic == nil {
		return old, nil
	}
	return nil, fmt.Errorf("%q is no matcher: %w", s, err)
}

// ParseArguments reads the matchers of a command line. A first one without an
// operator is the name of an alert, as for amtool.
func ParseArguments(args []string) (amlabels.Matchers, error) {
	var ms amlabels.Matchers
	for i, arg := range args {
		if i == 0 && !strings.ContainsAny(arg, "=!~") {
			m, err := amlabels.NewMatcher(amlabels.MatchEqual, model.AlertNameLabel, arg)
			if err != nil {
				return nil, err
			}
			ms = append(ms, m)
			continue
		}
		m, err := ParseMatcher(arg)
		if err != nil {
			return nil, err
		}
		ms = append(ms, m)
	}
	return ms, nil
}

func parseFilter(filter []string) (amlabels.Matchers, error) {
	var ms amlabels.Matchers
	for _, f := range filter {
		m, err := ParseMatcher(f)
		if err != nil {
			return nil, err
		}
		ms = append(ms, m)
	}
	return ms, nil
}

// same reports whether two lists hold the same matchers, in whatever order.
func same(a, b amlabels.Matchers) bool { return slices.Equal(texts(a), texts(b)) }

func texts(ms amlabels.Matchers) []string {
	all := make([]string, 0, len(ms))
	for _, m := range ms {
		all = append(all, m.String())
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// contains reports whether each matcher of a filter is one of a silence's.
func contains(ms, filter amlabels.Matchers) bool {
	all := texts(ms)
	for _, m := range filter {
		if !slices.Contains(all, m.String()) {
			return false
		}
	}
	return true
}
