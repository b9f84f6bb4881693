// A lookup in which id 0 is the zero vector, and its gradient, which reaches no row 0.

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/resource_mgr.h"
#include "tensorflow/core/framework/resource_var.h"
#include "tensorflow/core/framework/shape_inference.h"

namespace multimodal_zoo {

REGISTER_OP("MultimodalZooTableRows")
    .Input("table: resource")
    .Input("ids: Index")
    .Output("rows: float")
    .Attr("Index: {int32, int64}")
    .SetIsStateful()
    .SetShapeFn([](tensorflow::shape_inference::InferenceContext* context) {
      tensorflow::shape_inference::ShapeHandle rows;
      TF_RETURN_IF_ERROR(context->Concatenate(
          context->input(1), context->Vector(tensorflow::shape_inference::InferenceContext::kUnknownDim), &rows));
      context->set_output(0, rows);
      return tensorflow::OkStatus();
    })
    .Doc("The rows `ids` of `table` (rows, dim), zeros for id 0.");

REGISTER_OP("MultimodalZooWithoutRow0")
    .Input("gradient: float")
    .Input("ids: Index")
    .Output("masked: float")
    .Attr("Index: {int32, int64}")
    .SetShapeFn(tensorflow::shape_inference::UnchangedShape)
    .Doc("`gradient` (ids, dim) with zeros where the id is 0.");

template <typename Index>
class TableRows : public tensorflow::OpKernel {
 public:
  using tensorflow::OpKernel::OpKernel;

  void Compute(tensorflow::OpKernelContext* context) override {
    tensorflow::core::RefCountPtr<tensorflow::Var> variable;
    OP_REQUIRES_OK(context, tensorflow::LookupResource(context, tensorflow::HandleFromInput(context, 0), &variable));
    // Whoever writes the table waits, and need not make a copy of it.
    tensorflow::tf_shared_lock lock(*variable->mu());
    const tensorflow::Tensor& table = *variable->tensor();
    OP_REQUIRES(context, table.dtype() == tensorflow::DT_FLOAT && table.dims() == 2,
                tensorflow::errors::InvalidArgument("Expected a float32 table (rows, dim), got ", table.DebugString()));
    const int64_t rows = table.dim_size(0), dim = table.dim_size(1), count = context->input(1).NumElements();
    tensorflow::TensorShape shape = context->input(1).shape();
    shape.AddDim(dim);
    tensorflow::Tensor* output;
    OP_REQUIRES_OK(context, context->allocate_output(0, shape, &output));
    const Index* const ids = context->input(1).flat<Index>().data();
    for (int64_t i = 0; i < count; ++i) {
      OP_REQUIRES(context, ids[i] >= 0 && ids[i] < rows,
                  tensorflow::errors::InvalidArgument("There is no row ", ids[i], " in a table of ", rows, "."));
    }
    const float* const from = table.flat<float>().data();
    float* const to = output->flat<float>().data();
    const auto copy = [=](int64_t first, int64_t end) {
      for (int64_t i = first; i < end; ++i) {
        // Rows lie all over the table: the memory is asked for some of them ahead.
        if (i + 16 < end) {
          for (int64_t k = 0; k < dim; k += 16) __builtin_prefetch(from + ids[i + 16] * dim + k);
        }
        if (ids[i]) {
          std::copy_n(from + ids[i] * dim, dim, to + i * dim);
        } else {
          std::fill_n(to + i * dim, dim, 0.0f);
        }
      }
    };
    if (count * dim < 65536) {
      copy(0, count);
      return;
    }
    context->device()->tensorflow_cpu_worker_threads()->workers->ParallelFor(count, 50 + dim, copy);
  }
};

template <typename Index>
class WithoutRow0 : public tensorflow::OpKernel {
 public:
  using tensorflow::OpKernel::OpKernel;

  void Compute(tensorflow::OpKernelContext* context) override {
    const int64_t count = context->input(1).NumElements();
    const tensorflow::Tensor& gradient = context->input(0);
    OP_REQUIRES(context, gradient.dims() == 2 && gradient.dim_size(0) == count,
                tensorflow::errors::InvalidArgument("Expected a gradient (", count, ", dim), got ",
                                                    gradient.shape().DebugString(), "."));
    const Index* const ids = context->input(1).flat<Index>().data();
    if (std::find(ids, ids + count, 0) == ids + count) {
      context->set_output(0, gradient);
      return;
    }
    const int64_t dim = gradient.dim_size(1);
    tensorflow::Tensor* output;
    OP_REQUIRES_OK(context, context->forward_input_or_allocate_output({0}, 0, gradient.shape(), &output));
    const float* const from = gradient.flat<float>().data();
    float* const to = output->flat<float>().data();
    if (to != from) std::copy_n(from, count * dim, to);
    for (int64_t i = 0; i < count; ++i) {
      if (!ids[i]) std::fill_n(to + i * dim, dim, 0.0f);
    }
  }
};

#define MULTIMODAL_ZOO_KERNELS(Index)                                                                              \
  REGISTER_KERNEL_BUILDER(                                                                                         \
      Name("MultimodalZooTableRows").Device(tensorflow::DEVICE_CPU).TypeConstraint<Index>("Index"), TableRows<Index>); \
  REGISTER_KERNEL_BUILDER(                                                                                         \
      Name("MultimodalZooWithoutRow0").Device(tensorflow::DEVICE_CPU).TypeConstraint<Index>("Index"), WithoutRow0<Index>)
MULTIMODAL_ZOO_KERNELS(int32_t);
MULTIMODAL_ZOO_KERNELS(int64_t);
#undef MULTIMODAL_ZOO_KERNELS

}  // namespace multimodal_zoo
