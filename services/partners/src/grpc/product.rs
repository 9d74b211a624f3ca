//! `entente.partners.v1.ProductService`.

use std::sync::Arc;

use entente_access::Access;
use entente_contracts::partners::v1::product_service_server::ProductService;
use entente_contracts::partners::v1::{
    CreateProductRequest, CreateProductResponse, GetProductRequest, GetProductResponse, ListProductsRequest,
    ListProductsResponse, UpdateProductRequest, UpdateProductResponse,
};
use entente_paging::Page;
use entente_runtime::detached;
use tonic::{Request, Response, Status};

use super::convert;
use crate::app::create_product::{NewProduct, create_product};
use crate::app::get_product::get_product;
use crate::app::list_products::list_products;
use crate::app::update_product::{UpdateProduct, update_product};
use crate::app::{App, Call};

/// The service, over the use cases.
#[derive(Debug)]
pub struct Products(pub Arc<App>);

#[tonic::async_trait]
impl ProductService for Products {
    async fn create_product(
        &self,
        request: Request<CreateProductRequest>,
    ) -> Result<Response<CreateProductResponse>, Status> {
        let (app, call) = (Arc::clone(&self.0), Call::of(request)?);
        let (category, display_name) = convert::new_product(call.request.product.as_ref())?;
        let new = NewProduct {
            category,
            display_name,
        };
        let answer = detached(async move { create_product(&app, &call, new).await }).await?;
        Ok(Response::new(answer))
    }

    async fn get_product(
        &self,
        request: Request<GetProductRequest>,
    ) -> Result<Response<GetProductResponse>, Status> {
        let organization = Access::of(&request)?.target()?;
        let id = convert::id("product", &request.get_ref().product)?;
        let product = get_product(&self.0, organization, id).await?;
        Ok(Response::new(GetProductResponse {
            product: Some(convert::product(&product)),
        }))
    }

    async fn list_products(
        &self,
        request: Request<ListProductsRequest>,
    ) -> Result<Response<ListProductsResponse>, Status> {
        let organization = Access::of(&request)?.target()?;
        let asked = request.get_ref();
        let list = ["ListProducts", &asked.organization, &asked.category];
        let page = Page::read(asked.page_size, &asked.page_token, &list)?;
        let (products, next_page_token) =
            list_products(&self.0, organization, &asked.category, &page).await?;
        let products = products.iter().map(convert::product).collect();
        Ok(Response::new(ListProductsResponse {
            products,
            next_page_token,
        }))
    }

    async fn update_product(
        &self,
        request: Request<UpdateProductRequest>,
    ) -> Result<Response<UpdateProductResponse>, Status> {
        let (app, call) = (Arc::clone(&self.0), Call::of(request)?);
        let product = call.request.product.clone().unwrap_or_default();
        let paths = call
            .request
            .update_mask
            .as_ref()
            .map(|mask| mask.paths.as_slice())
            .unwrap_or_default();
        let command = UpdateProduct {
            id: convert::id("product.id", &product.id)?,
            update: convert::product_update(&product, paths)?,
            etag: product.etag,
        };
        let answer = detached(async move { update_product(&app, &call, command).await }).await?;
        Ok(Response::new(answer))
    }
}
