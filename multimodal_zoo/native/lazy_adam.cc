// The step of LazyAdam on the rows of one table, as one operation on a processor: equal ids are summed, and of each row
// that the batch looked up the weights and both moments are read and written once, where they lie.
//
// Kingma 2015, arXiv:1412.6980, algorithm 1; `rate` holds the correction of the bias.

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#ifdef __linux__
#include <sys/mman.h>
// Older headers have no name for it.
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#endif

#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/resource_mgr.h"
#include "tensorflow/core/framework/resource_var.h"
#include "tensorflow/core/framework/shape_inference.h"

namespace multimodal_zoo {

REGISTER_OP("MultimodalZooLazyAdam")
    .Input("table: resource")
    .Input("momentum: resource")
    .Input("velocity: resource")
    .Input("ids: Index")
    .Input("gradient: float")
    .Input("keep: float")
    .Input("rate: float")
    .Input("beta_1: float")
    .Input("beta_2: float")
    .Input("epsilon: float")
    .Attr("Index: {int32, int64}")
    .SetIsStateful()
    .SetShapeFn(tensorflow::shape_inference::NoOutputs)
    .Doc("Adam for the rows `ids` of `table` (rows, dim), with the sum of their `gradient` (ids, dim).");

// A variable that is written in place has its values for itself; whoever reads it whole then takes a copy.
tensorflow::Status WriteInPlace(tensorflow::OpKernelContext* context, tensorflow::Var* variable) {
  if (variable->copy_on_read_mode.load()) return tensorflow::OkStatus();
  tensorflow::mutex_lock lock(*variable->mu());
  if (variable->copy_on_read_mode.load()) return tensorflow::OkStatus();
  tensorflow::Tensor* values = variable->tensor();
  if (!values->RefCountIsOne()) {
    tensorflow::Tensor copy;
    TF_RETURN_IF_ERROR(context->allocate_temp(values->dtype(), values->shape(), &copy));
    std::memcpy(copy.data(), values->data(), values->TotalBytes());
    *values = copy;
  }
  variable->copy_on_read_mode.store(true);
  return tensorflow::OkStatus();
}

// Rows lie all over a large table: in pages of 2 MB they are found with fewer misses. Where the system has none, or not
// enough memory in one piece, nothing changes.
void InLargePages(const float* values, int64_t bytes) {
#ifdef __linux__
  constexpr uintptr_t kPage = 2 << 20;
  const uintptr_t start = (reinterpret_cast<uintptr_t>(values) + kPage - 1) / kPage * kPage;
  const uintptr_t end = (reinterpret_cast<uintptr_t>(values) + bytes) / kPage * kPage;
  if (end <= start) return;
  madvise(reinterpret_cast<void*>(start), end - start, MADV_HUGEPAGE);
  madvise(reinterpret_cast<void*>(start), end - start, MADV_COLLAPSE);
#endif
}

template <typename Index>
class LazyAdam : public tensorflow::OpKernel {
 public:
  using tensorflow::OpKernel::OpKernel;

  void Compute(tensorflow::OpKernelContext* context) override {
    tensorflow::core::RefCountPtr<tensorflow::Var> variables[3];
    for (int i = 0; i < 3; ++i) {
      const auto& handle = tensorflow::HandleFromInput(context, i);
      OP_REQUIRES_OK(context, tensorflow::LookupResource(context, handle, &variables[i]));
      OP_REQUIRES(context, variables[i]->tensor()->dtype() == tensorflow::DT_FLOAT,
                  tensorflow::errors::InvalidArgument(handle.name(), " is no float32 variable."));
      OP_REQUIRES_OK(context, WriteInPlace(context, variables[i].get()));
    }
    tensorflow::mutex_lock table_lock(*variables[0]->mu());
    tensorflow::mutex_lock momentum_lock(*variables[1]->mu());
    tensorflow::mutex_lock velocity_lock(*variables[2]->mu());
    const tensorflow::TensorShape& shape = variables[0]->tensor()->shape();
    const tensorflow::Tensor& all_ids = context->input(3);
    const int64_t count = all_ids.NumElements();
    OP_REQUIRES(context, shape.dims() == 2 && variables[1]->tensor()->shape() == shape &&
                             variables[2]->tensor()->shape() == shape,
                tensorflow::errors::InvalidArgument("The table and its moments have to be of one shape (rows, dim)."));
    const int64_t rows = shape.dim_size(0), dim = shape.dim_size(1);
    OP_REQUIRES(context, context->input(4).shape() == tensorflow::TensorShape({count, dim}),
                tensorflow::errors::InvalidArgument("Expected a gradient of shape (", count, ", ", dim, "), got ",
                                                    context->input(4).shape().DebugString(), "."));
    float* const table = variables[0]->tensor()->flat<float>().data();
    float* const momentum = variables[1]->tensor()->flat<float>().data();
    float* const velocity = variables[2]->tensor()->flat<float>().data();
    const float* const lie[3] = {table, momentum, velocity};
    for (int i = 0; i < 3; ++i) {
      if (lie[i] != lay_[i]) InLargePages(lay_[i] = lie[i], rows * dim * sizeof(float));
    }
    const Index* const ids = all_ids.flat<Index>().data();
    const float* const gradients = context->input(4).flat<float>().data();
    const float keep = context->input(5).scalar<float>()(), rate = context->input(6).scalar<float>()();
    const float beta_1 = context->input(7).scalar<float>()(), beta_2 = context->input(8).scalar<float>()();
    const float epsilon = context->input(9).scalar<float>()();

    // Each row once, and where its gradient lies: with the ids, or, of a row that several ids name, at -1 - n in `sums`.
    std::vector<int64_t> row_of, gradient_of;
    row_of.reserve(count);
    gradient_of.reserve(count);
    std::vector<float> sums;
    int bits = 4;
    while ((int64_t{1} << bits) < 2 * count) ++bits;
    const uint64_t last = (uint64_t{1} << bits) - 1;
    std::vector<int32_t> places(last + 1, -1);
    for (int64_t i = 0; i < count; ++i) {
      const int64_t id = ids[i];
      OP_REQUIRES(context, id >= 0 && id < rows,
                  tensorflow::errors::InvalidArgument("There is no row ", id, " in a table of ", rows, "."));
      uint64_t place = (static_cast<uint64_t>(id) * 0x9E3779B97F4A7C15ull) >> (64 - bits);
      while (places[place] >= 0 && row_of[places[place]] != id) place = (place + 1) & last;
      if (places[place] < 0) {
        places[place] = static_cast<int32_t>(row_of.size());
        row_of.push_back(id);
        gradient_of.push_back(i);
        continue;
      }
      int64_t& lies = gradient_of[places[place]];
      if (lies >= 0) {
        sums.insert(sums.end(), gradients + lies * dim, gradients + (lies + 1) * dim);
        lies = -static_cast<int64_t>(sums.size()) / dim;
      }
      float* const sum = sums.data() + (-1 - lies) * dim;
      for (int64_t k = 0; k < dim; ++k) sum[k] += gradients[i * dim + k];
    }

    const auto update = [&](int64_t from, int64_t to) {
      for (int64_t j = from; j < to; ++j) {
        // Rows lie all over the table: the memory is asked for some of them ahead.
        if (j + 8 < to) {
          const int64_t ahead = row_of[j + 8] * dim;
          for (int64_t k = 0; k < dim; k += 16) {
            __builtin_prefetch(table + ahead + k, 1);
            __builtin_prefetch(momentum + ahead + k, 1);
            __builtin_prefetch(velocity + ahead + k, 1);
          }
        }
        const float* __restrict g = gradient_of[j] >= 0 ? gradients + gradient_of[j] * dim
                                                        : sums.data() + (-1 - gradient_of[j]) * dim;
        float* __restrict w = table + row_of[j] * dim;
        float* __restrict m = momentum + row_of[j] * dim;
        float* __restrict v = velocity + row_of[j] * dim;
        for (int64_t k = 0; k < dim; ++k) {
          m[k] = m[k] * beta_1 + g[k] * (1 - beta_1);
          v[k] = v[k] * beta_2 + g[k] * g[k] * (1 - beta_2);
          w[k] = w[k] * keep - rate * m[k] / (std::sqrt(v[k]) + epsilon);
        }
      }
    };
    const int64_t once = row_of.size();
    if (once * dim < 32768) {
      update(0, once);
      return;
    }
    constexpr int kCyclesOfANumber = 30;
    context->device()->tensorflow_cpu_worker_threads()->workers->ParallelFor(once, dim * kCyclesOfANumber, update);
  }

 private:
  // Where the variables were at the step before.
  const float* lay_[3] = {nullptr, nullptr, nullptr};
};

REGISTER_KERNEL_BUILDER(Name("MultimodalZooLazyAdam").Device(tensorflow::DEVICE_CPU).TypeConstraint<int32_t>("Index"),
                        LazyAdam<int32_t>);
REGISTER_KERNEL_BUILDER(Name("MultimodalZooLazyAdam").Device(tensorflow::DEVICE_CPU).TypeConstraint<int64_t>("Index"),
                        LazyAdam<int64_t>);

}  // namespace multimodal_zoo
