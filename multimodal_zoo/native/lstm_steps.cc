// The recurrence of an LSTM over all steps, and its gradient, as two operations on a processor. What all steps read
// alike, and the gradients of the weights, are large products that TensorFlow makes before and behind them.
//
// Hochreiter and Schmidhuber 1997, with the forget gate of Gers 2000.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "Eigen/Core"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/shape_inference.h"

namespace multimodal_zoo {

using tensorflow::shape_inference::InferenceContext;
using tensorflow::shape_inference::ShapeHandle;

REGISTER_OP("MultimodalZooLstmSteps")
    .Input("seen: float")
    .Input("recurrent: float")
    .Input("bias: float")
    .Input("state: float")
    .Input("cell: float")
    .Output("states: float")
    .Output("cells: float")
    .Output("gates: float")
    .SetShapeFn([](InferenceContext* context) {
      ShapeHandle seen, state, steps, all;
      TF_RETURN_IF_ERROR(context->WithRank(context->input(0), 3, &seen));
      TF_RETURN_IF_ERROR(context->WithRank(context->input(3), 2, &state));
      TF_RETURN_IF_ERROR(context->Subshape(seen, 0, 2, &steps));
      TF_RETURN_IF_ERROR(context->Concatenate(steps, context->Vector(context->Dim(state, 1)), &all));
      context->set_output(0, all);
      context->set_output(1, all);
      context->set_output(2, seen);
      return tensorflow::OkStatus();
    })
    .Doc("The states, cells and gates of an LSTM that reads `seen` (batch, length, 4 units).");

REGISTER_OP("MultimodalZooLstmStepsGradient")
    .Input("of_states: float")
    .Input("of_last_cell: float")
    .Input("recurrent: float")
    .Input("cell: float")
    .Input("cells: float")
    .Input("gates: float")
    .Output("of_seen: float")
    .Output("of_bias: float")
    .Output("of_state: float")
    .Output("of_cell: float")
    .SetShapeFn([](InferenceContext* context) {
      ShapeHandle gates, cell;
      TF_RETURN_IF_ERROR(context->WithRank(context->input(5), 3, &gates));
      TF_RETURN_IF_ERROR(context->WithRank(context->input(3), 2, &cell));
      context->set_output(0, gates);
      context->set_output(1, context->Vector(context->Dim(gates, 2)));
      context->set_output(2, cell);
      context->set_output(3, cell);
      return tensorflow::OkStatus();
    })
    .Doc("The gradients of what MultimodalZooLstmSteps reads, but for that of `recurrent`.");

// Eight numbers at once, wherever the processor has them side by side.
constexpr int64_t kWidth = 8;
typedef float Vector __attribute__((vector_size(kWidth * sizeof(float))));

// A panel of weights is four vectors wide, and three rows are multiplied by it at a time: those twelve sums, three
// numbers of the rows and a vector of the panel are the sixteen registers of AVX2.
constexpr int64_t kVectors = 4, kRows = 3, kPanel = kVectors * kWidth;
// So much of a panel stays in the first cache while all rows of a block are multiplied by it.
constexpr int64_t kDepth = 128, kBlock = 48;

// The same where it need not be aligned.
typedef float Anywhere __attribute__((vector_size(kWidth * sizeof(float)), aligned(alignof(float)), may_alias));

inline Vector Load(const float* from, int64_t count) {
  if (count >= kWidth) return *reinterpret_cast<const Anywhere*>(from);
  Vector values = {};
  for (int64_t i = 0; i < count; ++i) values[i] = from[i];
  return values;
}

inline void Store(Vector values, float* to, int64_t count) {
  if (count >= kWidth) {
    *reinterpret_cast<Anywhere*>(to) = values;
    return;
  }
  for (int64_t i = 0; i < count; ++i) to[i] = values[i];
}

using Eight = Eigen::Map<Eigen::Array<float, kWidth, 1>, Eigen::Aligned32>;

inline Vector Sigmoid(Vector values) {
  Eight eight(reinterpret_cast<float*>(&values));
  eight = eight.logistic();
  return values;
}

inline Vector Tanh(Vector values) {
  Eight eight(reinterpret_cast<float*>(&values));
  eight = eight.tanh();
  return values;
}

// Adds to `sums` the product of some rows, `stride` numbers apart, and `depth` rows of a panel.
template <int64_t rows>
void Multiply(const float* left, int64_t stride, const Vector* panel, int64_t depth, Vector (*sums)[kVectors]) {
  Vector sum[rows][kVectors];
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t v = 0; v < kVectors; ++v) sum[row][v] = sums[row][v];
  }
  for (int64_t k = 0; k < depth; ++k) {
    for (int64_t v = 0; v < kVectors; ++v) {
      Vector weights = panel[k * kVectors + v];
#ifdef __AVX__
      // Holds them in a register: GCC loads them anew for each row otherwise, and loads then set the pace.
      asm("" : "+x"(weights));
#endif
      for (int64_t row = 0; row < rows; ++row) sum[row][v] += left[row * stride + k] * weights;
    }
  }
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t v = 0; v < kVectors; ++v) sums[row][v] = sum[row][v];
  }
}

// The same for up to kBlock rows and a whole panel.
inline void MultiplyBlock(const float* left, int64_t stride, int64_t rows, const Vector* panel, int64_t depth,
                   Vector (*sums)[kVectors]) {
  for (int64_t from = 0; from < depth; from += kDepth) {
    const int64_t some = std::min(kDepth, depth - from);
    const Vector* const part = panel + from * kVectors;
    for (int64_t row = 0; row < rows; row += kRows) {
      const float* const at = left + row * stride + from;
      if (rows - row >= kRows) Multiply<kRows>(at, stride, part, some, sums + row);
      if (rows - row == 2) Multiply<2>(at, stride, part, some, sums + row);
      if (rows - row == 1) Multiply<1>(at, stride, part, some, sums + row);
    }
  }
}

// Work in steps of several parts, a step after all parts of the one before. The thread that asks for it never waits for
// one that has not begun: who comes takes the parts that nobody has taken, and threads that come too late find nothing
// to do. So it ends in a busy pool too, and threads meet between two steps without the system's help.
class InSteps : public std::enable_shared_from_this<InSteps> {
 public:
  using Work = std::function<void(int64_t step, int64_t part)>;

  InSteps(int64_t steps, int64_t parts, Work work)
      : steps_(steps), parts_(parts), work_(std::move(work)), taken_(parts), done_(0) {}

  void Run(tensorflow::thread::ThreadPool* workers, bool alone) {
    const int64_t helpers = alone ? 0 : std::min<int64_t>(workers->NumThreads(), parts_) - 1;
    for (int64_t i = 1; i <= helpers; ++i) {
      // It lives as long as the last thread that looks at it; `work_` only until all of it is done.
      workers->Schedule([self = shared_from_this(), i, helpers] { self->Join(i * self->parts_ / (helpers + 1)); });
    }
    Join(0);
  }

 private:
  // Every thread begins with parts of its own, whose weights its cache has from the step before.
  void Join(int64_t first) {
    for (int64_t step = 0; step < steps_; ++step) {
      for (int64_t i = 0; i < parts_; ++i) {
        const int64_t part = (first + i) % parts_;
        int64_t before = step;
        if (!taken_[part].compare_exchange_strong(before, step + 1)) continue;
        work_(step, part);
        done_.fetch_add(1);
      }
      for (int64_t waited = 0; done_.load() < (step + 1) * parts_; ++waited) {
        if (waited > 1000) std::this_thread::yield();
      }
    }
  }

  const int64_t steps_, parts_;
  const Work work_;
  // By part: how many steps of it were begun.
  std::vector<std::atomic<int64_t>> taken_;
  alignas(64) std::atomic<int64_t> done_;
};

// A step with fewer products is done before another thread has heard of it.
constexpr int64_t kAlone = 1 << 16;

class LstmSteps : public tensorflow::OpKernel {
 public:
  using tensorflow::OpKernel::OpKernel;

  void Compute(tensorflow::OpKernelContext* context) override {
    const tensorflow::TensorShape& seen_shape = context->input(0).shape();
    const tensorflow::TensorShape& state_shape = context->input(3).shape();
    OP_REQUIRES(context, seen_shape.dims() == 3 && state_shape.dims() == 2,
                tensorflow::errors::InvalidArgument("Expected (batch, length, 4 units) and (batch, units), got ",
                                                    seen_shape.DebugString(), " and ", state_shape.DebugString(), "."));
    const int64_t batch = seen_shape.dim_size(0), length = seen_shape.dim_size(1), units = state_shape.dim_size(1);
    const int64_t all = 4 * units;
    const tensorflow::TensorShape expected[] = {
        {batch, length, all}, {units, all}, {all}, {batch, units}, {batch, units}};
    for (int i = 0; i < 5; ++i) {
      OP_REQUIRES(context, context->input(i).shape() == expected[i],
                  tensorflow::errors::InvalidArgument("Expected input ", i, " of shape ", expected[i].DebugString(),
                                                      ", got ", context->input(i).shape().DebugString(), "."));
    }
    const tensorflow::TensorShape states_shape({batch, length, units});
    tensorflow::Tensor *states_made, *cells_made, *gates_made, panels_made, before_made;
    OP_REQUIRES_OK(context, context->allocate_output(0, states_shape, &states_made));
    OP_REQUIRES_OK(context, context->allocate_output(1, states_shape, &cells_made));
    OP_REQUIRES_OK(context, context->forward_input_or_allocate_output({0}, 2, seen_shape, &gates_made));
    if (states_made->NumElements() == 0) return;
    // Eight units have a panel: a vector of each gate.
    const int64_t parts = (units + kWidth - 1) / kWidth;
    OP_REQUIRES_OK(context, context->allocate_temp(tensorflow::DT_FLOAT, {parts, units, kPanel}, &panels_made));
    OP_REQUIRES_OK(context, context->allocate_temp(tensorflow::DT_FLOAT, {2, batch, units}, &before_made));

    const float* const seen = context->input(0).flat<float>().data();
    const float* const recurrent = context->input(1).flat<float>().data();
    const float* const bias = context->input(2).flat<float>().data();
    const float* const state = context->input(3).flat<float>().data();
    const float* const cell = context->input(4).flat<float>().data();
    float* const states = states_made->flat<float>().data();
    float* const cells = cells_made->flat<float>().data();
    float* const gates = gates_made->flat<float>().data();
    Vector* const panels = reinterpret_cast<Vector*>(panels_made.flat<float>().data());
    // The states of a step lie far apart among those of all; what the next step multiplies lies together.
    float* const before = before_made.flat<float>().data();

    const auto pack = [=](int64_t part) {
      const int64_t unit = part * kWidth, count = std::min(kWidth, units - unit);
      for (int64_t k = 0; k < units; ++k) {
        for (int64_t gate = 0; gate < 4; ++gate) {
          panels[(part * units + k) * kVectors + gate] = Load(recurrent + k * all + gate * units + unit, count);
        }
      }
    };
    const auto work = [=](int64_t turn, int64_t part) {
      if (turn == 0) {
        pack(part);
        return;
      }
      const int64_t step = turn - 1, unit = part * kWidth, count = std::min(kWidth, units - unit);
      const float* const left = step == 0 ? state : before + (step % 2) * batch * units;
      float* const next = before + (turn % 2) * batch * units;
      Vector biases[4];
      for (int64_t gate = 0; gate < 4; ++gate) biases[gate] = Load(bias + gate * units + unit, count);
      for (int64_t from = 0; from < batch; from += kBlock) {
        const int64_t rows = std::min(kBlock, batch - from);
        Vector sums[kBlock][kVectors];
        for (int64_t row = 0; row < rows; ++row) std::memcpy(sums[row], biases, sizeof(biases));
        MultiplyBlock(left + from * units, units, rows, panels + part * units * kVectors, units, sums);
        for (int64_t row = 0; row < rows; ++row) {
          const int64_t here = (from + row) * length + step, place = here * units + unit;
          const int64_t of_row = (from + row) * units + unit;
          for (int64_t gate = 0; gate < 4; ++gate) sums[row][gate] += Load(seen + here * all + gate * units + unit, count);
          const Vector i = Sigmoid(sums[row][0]), f = Sigmoid(sums[row][1]);
          const Vector g = Tanh(sums[row][2]), o = Sigmoid(sums[row][3]);
          const Vector c = f * Load(step == 0 ? cell + of_row : cells + place - units, count) + i * g;
          const Vector h = o * Tanh(c);
          Store(c, cells + place, count);
          Store(h, states + place, count);
          Store(h, next + of_row, count);
          const Vector values[] = {i, f, g, o};
          for (int64_t gate = 0; gate < 4; ++gate) Store(values[gate], gates + here * all + gate * units + unit, count);
        }
      }
    };
    std::make_shared<InSteps>(length + 1, parts, work)
        ->Run(context->device()->tensorflow_cpu_worker_threads()->workers, batch * units * all < kAlone);
  }
};

class LstmStepsGradient : public tensorflow::OpKernel {
 public:
  using tensorflow::OpKernel::OpKernel;

  void Compute(tensorflow::OpKernelContext* context) override {
    const tensorflow::TensorShape& states_shape = context->input(0).shape();
    OP_REQUIRES(context, states_shape.dims() == 3,
                tensorflow::errors::InvalidArgument("Expected gradients (batch, length, units), got ",
                                                    states_shape.DebugString(), "."));
    const int64_t batch = states_shape.dim_size(0), length = states_shape.dim_size(1), units = states_shape.dim_size(2);
    const int64_t all = 4 * units;
    const tensorflow::TensorShape cell_shape({batch, units}), gates_shape({batch, length, all});
    const tensorflow::TensorShape expected[] = {states_shape, cell_shape,   {units, all},
                                                cell_shape,   states_shape, gates_shape};
    for (int i = 0; i < 6; ++i) {
      OP_REQUIRES(context, context->input(i).shape() == expected[i],
                  tensorflow::errors::InvalidArgument("Expected input ", i, " of shape ", expected[i].DebugString(),
                                                      ", got ", context->input(i).shape().DebugString(), "."));
    }
    tensorflow::Tensor *of_seen_made, *of_bias_made, *of_state_made, *of_cell_made, panels_made, behind_made;
    OP_REQUIRES_OK(context, context->forward_input_or_allocate_output({5}, 0, gates_shape, &of_seen_made));
    OP_REQUIRES_OK(context, context->allocate_output(1, {all}, &of_bias_made));
    OP_REQUIRES_OK(context, context->allocate_output(2, cell_shape, &of_state_made));
    OP_REQUIRES_OK(context, context->allocate_output(3, cell_shape, &of_cell_made));
    float* const of_bias = of_bias_made->flat<float>().data();
    float* const of_state = of_state_made->flat<float>().data();
    // The gradient of the cell, from that behind the last step to that before the first one.
    float* const of_cell = of_cell_made->flat<float>().data();
    std::fill_n(of_bias, all, 0.0f);
    std::fill_n(of_state, batch * units, 0.0f);
    std::copy_n(context->input(1).flat<float>().data(), batch * units, of_cell);
    if (states_shape.num_elements() == 0) return;
    const int64_t parts = (units + kPanel - 1) / kPanel;
    OP_REQUIRES_OK(context, context->allocate_temp(tensorflow::DT_FLOAT, {parts, all, kPanel}, &panels_made));
    OP_REQUIRES_OK(context, context->allocate_temp(tensorflow::DT_FLOAT, {2, batch, all}, &behind_made));

    const float* const of_states = context->input(0).flat<float>().data();
    const float* const recurrent = context->input(2).flat<float>().data();
    const float* const cell = context->input(3).flat<float>().data();
    const float* const cells = context->input(4).flat<float>().data();
    const float* const gates = context->input(5).flat<float>().data();
    float* const of_seen = of_seen_made->flat<float>().data();
    Vector* const panels = reinterpret_cast<Vector*>(panels_made.flat<float>().data());
    // The gradient of what the step behind has seen, where its rows lie together.
    float* const behind = behind_made.flat<float>().data();

    // Panels of the recurrent weights, turned.
    const auto pack = [=](int64_t part) {
      float* const panel = reinterpret_cast<float*>(panels + part * all * kVectors);
      for (int64_t n = 0; n < kPanel; ++n) {
        const int64_t unit = part * kPanel + n;
        for (int64_t k = 0; k < all; ++k) panel[k * kPanel + n] = unit < units ? recurrent[unit * all + k] : 0.0f;
      }
    };
    const auto work = [=](int64_t turn, int64_t part) {
      if (turn == 0) {
        pack(part);
        return;
      }
      const int64_t step = length - turn;
      const float* const left = behind + (turn % 2) * batch * all;
      float* const next = behind + ((turn + 1) % 2) * batch * all;
      Vector of_biases[4][kVectors] = {};
      for (int64_t from = 0; from < batch; from += kBlock) {
        const int64_t rows = std::min(kBlock, batch - from);
        Vector sums[kBlock][kVectors];
        std::memset(sums, 0, rows * sizeof(sums[0]));
        if (turn > 1) MultiplyBlock(left + from * all, all, rows, panels + part * all * kVectors, all, sums);
        for (int64_t row = 0; row < rows; ++row) {
          for (int64_t v = 0; v < kVectors; ++v) {
            const int64_t unit = part * kPanel + v * kWidth, count = std::min(kWidth, units - unit);
            if (count <= 0) break;
            const int64_t of_row = (from + row) * units + unit;
            if (step < 0) {
              Store(sums[row][v], of_state + of_row, count);
              continue;
            }
            const int64_t here = (from + row) * length + step, place = here * units + unit;
            const float* const gate = gates + here * all + unit;
            const Vector i = Load(gate, count), f = Load(gate + units, count);
            const Vector g = Load(gate + 2 * units, count), o = Load(gate + 3 * units, count);
            const Vector bounded = Tanh(Load(cells + place, count));
            const Vector dh = Load(of_states + place, count) + sums[row][v];
            const Vector dc = Load(of_cell + of_row, count) + dh * o * (1 - bounded * bounded);
            const Vector c = Load(step == 0 ? cell + of_row : cells + place - units, count);
            const Vector made[] = {dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g * g),
                                   dh * bounded * o * (1 - o)};
            Store(dc * f, of_cell + of_row, count);
            for (int64_t n = 0; n < 4; ++n) {
              Store(made[n], of_seen + here * all + n * units + unit, count);
              Store(made[n], next + (from + row) * all + n * units + unit, count);
              of_biases[n][v] += made[n];
            }
          }
        }
      }
      for (int64_t n = 0; n < 4; ++n) {
        for (int64_t v = 0; v < kVectors; ++v) {
          const int64_t unit = part * kPanel + v * kWidth, count = std::min(kWidth, units - unit);
          if (count <= 0) break;
          float* const to = of_bias + n * units + unit;
          Store(Load(to, count) + of_biases[n][v], to, count);
        }
      }
    };
    std::make_shared<InSteps>(length + 2, parts, work)
        ->Run(context->device()->tensorflow_cpu_worker_threads()->workers, batch * units * all < kAlone);
  }
};

REGISTER_KERNEL_BUILDER(Name("MultimodalZooLstmSteps").Device(tensorflow::DEVICE_CPU), LstmSteps);
REGISTER_KERNEL_BUILDER(Name("MultimodalZooLstmStepsGradient").Device(tensorflow::DEVICE_CPU), LstmStepsGradient);

}  // namespace multimodal_zoo
