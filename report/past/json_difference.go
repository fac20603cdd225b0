package past

import "tocsin/backtest"

type jsonDifferenceReport struct {
	Schema    string           `json:"schema"`
	Headline  string           `json:"headline"`
	Complete  bool             `json:"complete"`
	Receivers []jsonReceiver   `json:"receivers"`
	Rules     []jsonRuleChange `json:"rules"`
	Base      jsonRun          `json:"base"`
	Head      jsonRun          `json:"head"`
}

type jsonReceiver struct {
	Name string `json:"name"`
	Was  int    `json:"was"`
	Is   int    `json:"is"`
}

// A jsonRuleChange names a rule of base, head, or both, that differs.
type jsonRuleChange struct {
	Key    string        `json:"key"`
	Alert  string        `json:"alert"`
	Change string        `json:"change"` // new, gone, edited, same
	Was    int           `json:"was"`    // notifications
	Is     int           `json:"is"`
	New    []jsonEpisode `json:"new"`
	Gone   []jsonEpisode `json:"gone"`
	Moved  []jsonEpisode `json:"moved"`
	Kept   int           `json:"kept"`
}

func jsonDifference(d *backtest.Difference, o Options) (string, error) {
	out := jsonDifferenceReport{
		Schema: diffSchema, Headline: headlineOf(d, impact(d), clean),
		Complete:  len(d.Base.Incomplete)+len(d.Head.Incomplete) == 0,
		Receivers: []jsonReceiver{}, Rules: []jsonRuleChange{}, Base: o.jsonRun(d.Base), Head: o.jsonRun(d.Head),
	}
	for _, x := range d.Receivers {
		out.Receivers = append(out.Receivers, jsonReceiver(x))
	}
	for _, x := range d.Rules {
		i := compare(x)
		was, is := x.Notifications()
		out.Rules = append(out.Rules, jsonRuleChange{
			Key: x.Rule().Key, Alert: x.Rule().Alert, Change: changeOf(x), Was: was, Is: is,
			New: o.jsonEpisodes(d.Head, i.fresh), Gone: o.jsonEpisodes(d.Base, i.gone),
			Moved: o.jsonEpisodes(d.Head, i.moved), Kept: i.kept,
		})
	}
	return encode(out)
}

// changeOf is what became of the rule itself: new, gone, edited, or same.
func changeOf(x backtest.RuleDifference) string {
	switch {
	case x.Was == nil:
		return "new"
	case x.Is == nil:
		return "gone"
	case x.Edited:
		return "edited"
	}
	return "same"
}
