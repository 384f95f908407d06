/// From an experiment file to a request of the host, and from its results to JSON and a summary.
///
///     RunRequest request = make_request(*file);
///     Result<host::Results> results = backend->run(request);
///     write_json(*results, out);
///     print_summary(*file, *results, std::cerr);
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "host/backend.h"
#include "host/results.h"
#include "tools/experiment/experiment_file.h"
#include "tools/experiment/npy.h"

namespace hx::tools {

/// The target with the noise options of the file's `model`. kUnsupported if the target has none.
Result<std::string> target_with_model(ExperimentFile const& file, std::string const& target);

/// The network, inputs and times of a file that was read without an error.
host::RunRequest make_request(ExperimentFile const& file);

/// The result format of docs/experiment-file.md, one JSON object, times in seconds.
void write_json(host::Results const& results, std::ostream& out);

/// A table of a recording, one row per spike or sample.
struct Table {
  std::string name;  ///< "hid.spikes", "hid.cadc", "hid.madc"; without '/'
  Matrix matrix;     ///< columns: entry, neuron, time in seconds; value for traces
};

/// All recordings as tables, for NumPy files.
std::vector<Table> tables(host::Results const& results);

/// A few lines for people: spikes and rates per population, loss, times.
void print_summary(ExperimentFile const& file, host::Results const& results, std::ostream& out);

}  // namespace hx::tools
