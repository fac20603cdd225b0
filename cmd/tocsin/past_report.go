package main

import (
	"bytes"
	"io"

	"tocsin/report/past"
)

// pastReportFlags say how a command tells what it found in the past.
type pastReportFlags struct {
	reportFlags
	Charts        bool `help:"Put the values of the charts into JSON, too."`
	MarkdownLimit int  `name:"markdown.limit" default:"${markdownlimit}" placeholder:"N" help:"Most characters of a Markdown report (default ${default}, which fits into a comment on GitHub; 1000000 fits into a job summary, or a note on GitLab)."`
}

// asked returns the reports that are asked for.
func (f pastReportFlags) asked() ([]asked, error) {
	if f.MarkdownLimit < past.LeastLimit {
		return nil, usageError("--markdown.limit: %d is too few characters to say anything: at least %d", f.MarkdownLimit, past.LeastLimit)
	}
	return f.reportFlags.asked(past.Formats()...)
}

// write hands out the reports that are asked for.
func (f pastReportFlags) write(w process, reports []asked, p period, render func(format string, out io.Writer, o past.Options) error) error {
	for _, a := range reports {
		o := past.Options{Zone: p.zone, Color: a.path == "" && w.color(w.out), Limit: f.MarkdownLimit, Charts: f.Charts}
		if err := a.write(w, func(out *bytes.Buffer) error { return render(a.format, out, o) }); err != nil {
			return err
		}
	}
	return nil
}
