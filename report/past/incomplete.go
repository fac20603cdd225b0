package past

import "tocsin/backtest"

// mostIncomplete is how many reasons are given.
const mostIncomplete = 10

// incompletes are the reasons of all, each once.
func incompletes(results ...*backtest.Result) []string {
	var all []string
	known := map[string]bool{}
	for _, r := range results {
		for _, why := range r.Incomplete {
			if why = clean(why); !known[why] {
				known[why] = true
				all = append(all, why)
			}
		}
	}
	if left := len(all) - mostIncomplete; left > 0 {
		all = append(all[:mostIncomplete:mostIncomplete], more(left, "reason"))
	}
	return all
}
