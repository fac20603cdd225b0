// Package backtest lives through the past of a source with a configuration, and
// tells what it would have done: notifications after grouping, routing and all
// gates, episodes, flaps, time firing.
//
// Nothing is decided here. The core of the daemon is driven through virtual time
// by engine/replay, on the daemon's own grid; here the past is read, page by page
// and no more of it than fits in memory, and what comes out is put together.
//
//	Pages    a source that answers instants of the past from pages of range queries
//	Cache    pages on disk, so that a second run asks for nothing
//	Budget   how much may be asked; beyond it a run stops and says so
//	Run      one configuration; Compare walks two side by side over the same pages
//	Result   what came out
//
// It reads ahead in goroutines that Pages owns and waits for. It never sends
// anything, and never reads a clock to decide an answer.
package backtest
