package past

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"strings"

	"github.com/prometheus/common/model"

	"tocsin/backtest"
	"tocsin/rules"
)

//go:embed page.html style.css
var files embed.FS

var pageTemplate = template.Must(template.ParseFS(files, "page.html"))

// What the page holds at most.
const (
	mostSections     = 60
	mostPageEpisodes = 200
	mostUnfolded     = 12 // of them, without a click
	mostListed       = 12 // episodes of all rules together, at the top
	mostTOC          = 500
	mostChips        = 12
)

// A view is what the page shows, ready to be written.
type view struct {
	Title, Headline, Period, Zone, About string
	Style                                template.CSS
	Policy                               string
	Incomplete                           []string
	Tiles                                []tile
	Clock                                template.HTML
	Days                                 []dayLine
	DaysLeft                             string
	Heads                                []string
	Compared                             bool // with what was
	Required                             []required
	RequiredLeft                         string
	Receivers                            sumTable
	Rules                                []ruleLine
	RulesLeft, SectionsLeft              string
	Lists                                []episodeList
	Sections                             []section
}

// A tile is a total.
type tile struct {
	Name, Value, Note string
	Tone              string // worse, better, or nothing
}

// A sumTable has numbers of somebody, before and after if it is a difference.
type sumTable struct {
	Heads []string
	Rows  [][]string
	Left  string
}

// A ruleLine is a rule in the table of contents.
type ruleLine struct {
	Anchor, Name, Note string
	Strip              template.HTML
	Cells              []string
	Quiet              bool
}

// A section is all that is told of a rule.
type section struct {
	Anchor, Name, Note, Place, Expr string
	Asks                            []string
	Changes                         []changedLine
	Problems                        []string
	Charts                          []captioned
	Facts                           sumTable
	Lists                           []episodeList
	Messages                        []captionedText
}

type changedLine struct{ Class, Text string }

type captioned struct {
	Caption string
	Picture template.HTML
}

type captionedText struct{ Caption, Text string }

type episodeList struct {
	Title, Class string
	Named        bool // rows say which rule they are of
	Rows         []episodeRow
	Folded       *episodeList // the rest of them
	Left         string
}

type episodeRow struct {
	Rule, Anchor          string
	Start, StartAt        string
	Level, Lasted, Peak   string
	Why, Labels, Flapping string
}

// show writes the page.
func show(v view) (string, error) {
	style, err := files.ReadFile("style.css")
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(style)
	v.Style = template.CSS(style) //nolint:gosec // embedded
	v.Policy = "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
	var b strings.Builder
	err = pageTemplate.Execute(&b, v)
	return b.String(), err
}

// date is an instant as people say it on a page that tells the zone.
func (o Options) date(at model.Time) string {
	return at.Time().In(o.zone()).Format("Mon 2 Jan 15:04")
}

func (o Options) episodeRows(rule *rules.Rule, anchor string, all []*backtest.Episode, until model.Time, most int) []episodeRow {
	var rows []episodeRow
	for _, e := range all[:min(len(all), most)] {
		row := episodeRow{
			Rule: clean(rule.Alert), Anchor: anchor, Start: o.date(e.Start), StartAt: o.instant(e.Start),
			Level: e.Worst.String(), Lasted: lasted(e, until), Peak: peak(rule, e), Why: why(e), Labels: labelsOf(e),
		}
		if e.Flap {
			row.Flapping = "flapping"
		}
		rows = append(rows, row)
	}
	return rows
}

func (o Options) episodeList(title, class string, rule *rules.Rule, all []*backtest.Episode, until model.Time) []episodeList {
	if len(all) == 0 {
		return nil
	}
	l := episodeList{Title: title + ": " + thousands(len(all)), Class: class, Rows: o.episodeRows(rule, "", all, until, mostPageEpisodes)}
	if left := len(all) - mostPageEpisodes; left > 0 {
		l.Left = more(left, "episode")
	}
	if n := len(l.Rows) - mostUnfolded; n > 0 {
		l.Folded = &episodeList{Title: count(n, "more episode"), Rows: l.Rows[mostUnfolded:], Left: l.Left}
		l.Rows, l.Left = l.Rows[:mostUnfolded], ""
	}
	return []episodeList{l}
}

func texts(caption string, rr *backtest.RuleResult) (all []captionedText) {
	if rr == nil {
		return nil
	}
	for i, m := range rr.Messages {
		name := caption
		if i > 0 {
			name = "and the next"
		}
		all = append(all, captionedText{name, strings.Join(messageLines(m), "\n")})
	}
	return all
}

func placeOf(r *rules.Rule) string {
	place := clean(r.File)
	if r.Line > 0 {
		place += ":" + thousandless(r.Line)
	}
	if r.Group != "" {
		place = clean(r.Group) + " · " + place
	}
	return place
}
